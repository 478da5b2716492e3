/** A button's work: locked while it runs, the same key when it is pressed again after no answer, an error said in words. */
import { reactive, ref } from 'vue'
import { t } from '@/shared/i18n'
import { uuid } from '@/shared/uuid'
import type { ApiError } from '@/api/error'
import { asApi } from './resource'

/* "The state is now closed", in the server's Chinese and English: a raw code. What else it says about a state is said for people. */
const RAW_STATE = /\u72b6\u6001\u4e3a|while (the [\w ]+|it) is/
export function reason(e: ApiError): string {
  if (e.offline) return t('error.offline')
  if (e.status === 429) return t('error.busy', { s: e.retryAfter || 10 })
  if (e.code === 'version_conflict' || (e.code === 'bad_transition' && RAW_STATE.test(e.message))) return t('error.changed')
  return e.message || t('error.unknown')
}
export function useAction() {
  const busy = ref(''), problem = reactive({ field: '', text: '', requestId: '' })
  let key = uuid()
  const clear = () => { problem.field = problem.text = problem.requestId = '' }
  /** Runs `work(key)` unless something runs already; null when it failed. `shown`: errors go to the form, not to a toast. */
  async function run<T>(name: string, work: (key: string) => Promise<T>, shown = false): Promise<T | null> {
    if (busy.value) return null
    busy.value = name
    clear()
    try {
      const got = await work(key)
      key = uuid()
      return got ?? (true as T)
    } catch (x) {
      const e = asApi(x)
      if (!e.offline && e.status < 500) key = uuid() // it was answered: the next press is another request
      problem.field = e.field
      problem.text = reason(e)
      problem.requestId = e.requestId
      if (!shown) uni.showToast({ title: problem.text, icon: 'none', duration: 3000 })
      return null
    } finally {
      busy.value = ''
    }
  }
  return { busy, problem, run, clear }
}
export const say = (text: string) => uni.showToast({ title: text, icon: 'none', duration: 2000 })
export const ask = (title: string, content = '', danger = false): Promise<boolean> =>
  new Promise((done) => uni.showModal({
    title,
    content,
    confirmText: t('ok'),
    cancelText: t('cancel'),
    ...(danger ? { confirmColor: '#b42318' } : { confirmColor: '#0b57c2' }),
    success: (r) => done(r.confirm),
    fail: () => done(false),
  }))
