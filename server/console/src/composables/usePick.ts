import { computed, shallowRef, type ShallowRef, type WritableComputedRef } from 'vue'

/* Something a dialog is about: `it` is null while the dialog is shut. */
export function usePick<T>(): { it: ShallowRef<T | null>; shown: WritableComputedRef<boolean> } {
  const it = shallowRef<T | null>(null)
  const shown = computed({ get: () => it.value !== null, set: (on: boolean) => on || (it.value = null) })
  return { it, shown }
}
