import { onUnmounted, ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { ApiError } from '@/api/client'

export interface Load<T> {
  data: ShallowRef<T | null>
  error: Ref<ApiError | null>
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/* One answer of the server: old data stays while it is read again, a late answer never replaces a newer one. */
export function useLoad<T>(read: () => Promise<T>, now = true): Load<T> {
  const data = shallowRef<T | null>(null)
  const error = ref<ApiError | null>(null)
  const loading = ref(false)
  let turn = 0
  async function reload(): Promise<void> {
    const mine = ++turn
    loading.value = true
    try {
      const got = await read()
      if (mine !== turn) return
      data.value = got
      error.value = null
    } catch (e) {
      if (mine !== turn) return
      if (!(e instanceof ApiError)) throw e
      error.value = e
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  onUnmounted(() => turn++)
  if (now) void reload()
  return { data, error, loading, reload }
}
