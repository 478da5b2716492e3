/**
 * What a page shows: the last known answer at once, then the fresh one. First load: skeleton; failed: the reason and a
 * button; failed with an old answer: the old answer stays.
 */
import { onUnmounted, reactive, ref, type Ref } from 'vue'
import { ApiError } from '@/api/error'

const known = new Map<string, unknown>()
const MOST = 60
export const forgetAll = () => known.clear()
function keep(key: string, value: unknown) {
  known.delete(key)
  known.set(key, value)
  if (known.size > MOST) known.delete(known.keys().next().value as string)
}

export interface Resource<T> { data: Ref<T | null>; error: Ref<ApiError | null>; loading: Ref<boolean>; load(): Promise<void> }

/** key: one thing, or by a function the thing that the page is about now; what is known of another is not shown. */
export function useResource<T>(key: string | (() => string), get: () => Promise<T>): Resource<T> {
  const keyNow = () => (typeof key === 'string' ? key : key())
  let shown = keyNow()
  const data = ref((known.get(shown) as T) ?? null) as Ref<T | null>, error = ref<ApiError | null>(null) as Ref<ApiError | null>, loading = ref(false)
  let turn = 0, gone = false
  onUnmounted(() => { gone = true })
  async function load() {
    const mine = ++turn, about = keyNow()
    if (about !== shown) data.value = (known.get(shown = about) as T) ?? null
    loading.value = true
    try {
      const got = await get()
      if (mine !== turn || gone) return
      data.value = got
      error.value = null
      keep(about, got)
    } catch (e) {
      if (mine !== turn || gone) return
      error.value = asApi(e)
    } finally {
      if (mine === turn) { loading.value = false; uni.stopPullDownRefresh() }
    }
  }
  return { data, error, loading, load }
}
export const asApi = (e: unknown): ApiError => (e instanceof ApiError ? e : new ApiError(-1, 'internal', e instanceof Error ? e.message : String(e), '', ''))

interface PageOf<T> { items: T[]; next_before: string | null }
/** A list that goes on: `more` at the end of the page. A reload keeps what was there until the answer is. */
export function useList<T extends { id: string }>(key: string, get: (before?: string) => Promise<PageOf<T>>) {
  const state = reactive({ items: ((known.get(key) as T[]) ?? null) as T[] | null, next: null as string | null, error: null as ApiError | null, loading: false })
  let turn = 0
  async function load(name = key) {
    const mine = ++turn
    state.loading = true
    try {
      const p = await get()
      if (mine !== turn) return
      state.items = p.items as any
      state.next = p.next_before
      state.error = null
      keep(name, p.items)
    } catch (e) {
      if (mine === turn) state.error = asApi(e)
    } finally {
      if (mine === turn) { state.loading = false; uni.stopPullDownRefresh() }
    }
  }
  async function more() {
    if (!state.next || state.loading) return
    const mine = ++turn
    state.loading = true
    try {
      const p = await get(state.next)
      if (mine !== turn) return
      const have = new Set((state.items ?? []).map((x: any) => x.id))
      state.items = [...(state.items ?? []), ...(p.items as any[]).filter((x) => !have.has(x.id))] as any
      state.next = p.next_before
    } catch (e) {
      if (mine === turn) state.error = asApi(e)
    } finally {
      if (mine === turn) state.loading = false
    }
  }
  return { state, load, more }
}
