import { computed, onUnmounted, provide, reactive, ref, shallowRef, watch, type ComputedRef, type InjectionKey, type Ref, type ShallowRef } from 'vue'
import { useRoute } from 'vue-router'
import { ApiError } from '@/api/client'
import { say } from './useAsked'

export interface Page<T> { items: T[]; next: string | number | null }
export interface List<T, Q> {
  items: ShallowRef<T[]>
  query: Q
  error: Ref<ApiError | null>
  loading: Ref<boolean>
  done: Ref<boolean>
  reload: () => Promise<void>
  more: () => Promise<void>
}
export type Cursor = string | undefined
/* For the filter bar and the table of a list: whether conditions hold, and how to be rid of them. */
export interface Conditions { on: ComputedRef<boolean>; clear: () => void }
export const CONDITIONS: InjectionKey<Conditions> = Symbol('conditions')
export function haveConditions(query: Record<string, unknown>, none: Record<string, unknown>): void {
  provide(CONDITIONS, { on: computed(() => Object.keys(none).some((k) => (query[k] ?? '') !== (none[k] ?? ''))), clear: () => void Object.assign(query, none) })
}

/* A list by cursor. The filters live in the address, so a link or a reload shows the same; a change reads anew. */
export function useList<T, Q extends Record<string, string | number | undefined>>(read: (query: Q, cursor: Cursor) => Promise<Page<T>>, filters: Q): List<T, Q> {
  const route = useRoute()
  const query = reactive({ ...filters }) as Q
  for (const k of Object.keys(filters)) {
    const given = route.query[k]
    if (typeof given === 'string') (query as Record<string, unknown>)[k] = typeof filters[k] === 'number' ? Number(given) : given
  }
  if (Object.keys(filters).length) haveConditions(query, filters)
  const items = shallowRef<T[]>([])
  const error = ref<ApiError | null>(null)
  const loading = ref(false), done = ref(false)
  let turn = 0
  let next: string | number | null = null

  async function page(cursor: Cursor): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const p = await read({ ...query }, cursor)
      if (mine !== turn) return
      items.value = cursor ? items.value.concat(p.items) : p.items
      next = p.next
      done.value = p.next === null
      error.value = null
    } catch (e) {
      if (mine !== turn) return
      if (!(e instanceof ApiError)) throw e
      error.value = e
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  const reload = () => page(undefined)
  const more = async () => {
    if (!loading.value && next !== null) await page(String(next))
  }
  let typing: ReturnType<typeof setTimeout> | undefined
  watch(query, () => {
    clearTimeout(typing)
    typing = setTimeout(() => {
      say(Object.fromEntries(Object.entries(query).map(([k, v]) => [k, v === '' || v === undefined ? undefined : String(v)])))
      void reload()
    }, 250)
  })
  onUnmounted(() => {
    turn++
    clearTimeout(typing)
  })
  void reload()
  return { items, query, error, loading, done, reload, more } as List<T, Q>
}
