import { computed, onUnmounted, ref, watch, type Ref, type WritableComputedRef } from 'vue'
import { useRoute, type LocationQueryRaw } from 'vue-router'
import { dayText, parseDay } from '@/lib/time'
import { leaving, router } from '@/router'

/* Until the address has changed, later changes build on what was asked for, not on what is still there. */
let asked: LocationQueryRaw | null = null
export function say(changes: LocationQueryRaw): void {
  if (leaving()) return
  const query = { ...(asked ?? router.currentRoute.value.query), ...changes }
  asked = query
  void router.replace({ query }).finally(() => {
    if (asked === query) asked = null
  })
}

/* What a page shows, kept in its address: a reload, a link and the way back show the same. The fallback goes unsaid. */
export function useAsked<T extends string = string>(key: string, fallback: NoInfer<T>): Ref<T> {
  const route = useRoute()
  const given = () => (typeof route.query[key] === 'string' ? route.query[key] : fallback) as T
  const value = ref(given()) as Ref<T>
  const here = route.name
  let gone = false
  onUnmounted(() => (gone = true))
  watch(() => route.query[key], () => {
    if (!gone && route.name === here) value.value = given()
  })
  watch(value, (v) => v !== given() && say({ [key]: v === fallback || v === '' ? undefined : v }), { flush: 'sync' })
  return value
}
/* A day in the address. */
export function useAskedDay(key: string, fallback: number): WritableComputedRef<number> {
  const text = useAsked(key, dayText(fallback))
  return computed({ get: () => parseDay(text.value) ?? fallback, set: (d) => (text.value = dayText(d)) })
}
