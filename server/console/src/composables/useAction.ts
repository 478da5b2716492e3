import { ref } from 'vue'
import { ElMessage } from 'element-plus/es/components/message/index.mjs'
import 'element-plus/es/components/message/style/css'
import { ApiError, CANCELLED } from '@/api/client'
import { t } from '@/lib/i18n'

export function tellError(e: ApiError): void {
  const id = e.requestId ? `  ${t('common.request_id')} ${e.requestId}` : ''
  ElMessage({ type: 'error', message: e.message + id, duration: 8000, showClose: true, grouping: true })
}
export function tell(message: string): void {
  ElMessage({ type: 'success', message, duration: 3000, grouping: true })
}

/* For lists that help to choose: what went wrong is told, and there is nothing to choose from. */
export const orNothing = <T>(nothing: T) => (e: unknown): T => {
  if (!(e instanceof ApiError)) throw e
  tellError(e)
  return nothing
}

/* Runs one step at a time: a second click while it runs does nothing. The result is told; true when it went well. */
export function useAction() {
  const busy = ref(false)
  async function run(step: () => Promise<unknown>, done?: string): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    try {
      await step()
      if (done) tell(done)
      return true
    } catch (e) {
      if (!(e instanceof ApiError)) throw e
      if (e.code !== CANCELLED) tellError(e)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, run }
}
