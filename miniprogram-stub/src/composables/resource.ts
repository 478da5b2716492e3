/**
 * What a page shows: the last known answer at once, then the fresh one. First load: skeleton; failed: the reason and a
 * button; failed with an old answer: the old answer stays.
 */
import { onUnmounted, reactive, ref, type Ref } from 'vue'
import { ApiError } from '@/api/error'
import { storage } from '@/platform'

const known = new Map<string, unknown>()
const MOST = 60
/*
 * What must be there in a basement after a restart of the app is also kept on the phone: few things, the latest of them, and
 * nothing after the logout.
 */
const MOST_KEPT = 24
const keptNames = () => storage.get<string[]>('kept') ?? []
function keepOnPhone(key: string, value: unknown) {
  const names = [key, ...keptNames().filter((k) => k !== key)]
  for (const old of names.splice(MOST_KEPT)) storage.remove(`kept.${old}`)
  storage.set('kept', names)
  storage.set(`kept.${key}`, value)
}
export function forgetAll() {
  known.clear()
  for (const k of keptNames()) storage.remove(`kept.${k}`)
  storage.remove('kept')
}
function keep(key: string, value: unknown) {
  known.delete(key)
  known.set(key, value)
  if (known.size > MOST) known.delete(known.keys().next().value as string)
}

export interface Resource<T> { data: Ref<T | null>; error: Ref<ApiError | null>; loading: Ref<boolean>; load(): Promise<void> }

/** key: one thing, or by a function the thing that the page is about now; what is known of another is not shown. onPhone: kept over a restart. */
export function useResource<T>(key: string | (() => string), get: () => Promise<T>, onPhone = false): Resource<T> {
  const keyNow = () => (typeof key === 'string' ? key : key())
  const last = (k: string) => (known.get(k) as T | undefined) ?? (onPhone ? storage.get<T>(`kept.${k}`) : null)
  let shown = keyNow()
  const data = ref(last(shown)) as Ref<T | null>, error = ref<ApiError | null>(null) as Ref<ApiError | null>, loading = ref(false)
  let turn = 0, gone = false
  onUnmounted(() => { gone = true })
  async function load() {
    const mine = ++turn, about = keyNow()
    if (about !== shown) data.value = last(shown = about)
    loading.value = true
    try {
      const got = await get()
      if (mine !== turn || gone) return
      data.value = got
      error.value = null
      keep(about, got)
      if (onPhone) keepOnPhone(about, got)
    } catch (e) {
      if (mine !== turn || gone) return
      error.value = asApi(e)
      if (![403, 404, 409].includes(error.value.status)) return
      known.delete(about) // no longer ours to see
      if (onPhone) storage.remove(`kept.${about}`)
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
