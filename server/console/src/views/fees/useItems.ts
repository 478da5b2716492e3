import { computed } from 'vue'
import { api } from '@/api/client'
import type { FeeItem } from '@/api/gen'
import { useLoad } from '@/composables/useLoad'
import type { Option } from '@/lib/fields'

/* The fee items of some kinds, as choices of a form. */
export function useItems(kinds: ReadonlyArray<FeeItem['kind']>) {
  const items = useLoad(async () => (await api('listFeeItems')).items)
  const options = computed<Option[]>(() => (items.data.value ?? []).filter((i) => i.enabled && kinds.includes(i.kind)).map((i) => ({ value: i.id, label: `${i.code} ${i.name}` })))
  const none = computed(() => items.data.value !== null && !options.value.length)
  return { options, none }
}
