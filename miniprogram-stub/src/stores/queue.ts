/** The technician's queue of things done without a network, kept in the phone's storage per account. */
import { shallowRef, watch } from 'vue'
import { api } from '@/api/client'
import { ApiError } from '@/api/error'
import { asApi } from '@/composables/resource'
import { reason } from '@/composables/action'
import { platform, storage } from '@/platform'
import { t } from '@/shared/i18n'
import { createQueue, timely, type Op, type Upload } from '@/shared/queue'
import { uuid } from '@/shared/uuid'
import { conn, serverNow } from './live'
import { enterProject, me, whenEnded } from './session'

export const pending = shallowRef<readonly Op[]>([])
const place = () => `queue.${me.now?.accountId ?? 'nobody'}`
const uploaded = new Map<string, string>() // an upload that worked is not made twice when the next one fails

export const queue = createQueue(
  { load: () => storage.get<Op[]>(place()) ?? [], save: (ops) => { if (!storage.set(place(), ops)) uni.showToast({ title: t('queue.full'), icon: 'none', duration: 4000 }) } },
  {
    async enter(project) {
      try { await enterProject(project) } catch (e) { throw failure(e) }
    },
    async upload(src, key) {
      const have = uploaded.get(key)
      if (have) return have
      try {
        const id = (await api.upload(src)).id
        uploaded.set(key, id)
        return id
      } catch (e) {
        throw failure(e)
      }
    },
    async send(op) {
      try { await api.send(op.path, timely(op.body, serverNow()), op.id) } catch (e) { throw failure(e) }
    },
  },
  (ops) => { pending.value = ops },
)
pending.value = queue.ops
const failure = (x: unknown) => {
  const e = asApi(x)
  return { status: e.status < 0 ? 500 : e.status, code: e.code, message: reason(e), requestId: e.requestId, field: e.field }
}

/* What waits may be of another project: afterwards the session stands where it stood. */
let stands: string | null = null
async function say(): Promise<boolean> {
  stands ??= me.now?.projectId ?? null
  const all = await queue.replay(), back = stands
  stands = null
  if (back) await enterProject(back).catch(() => undefined)
  return all
}
const done = new Set<() => void>()
/** Told after a replay, so that a page reads the truth again. */
export const whenReplayed = (f: () => void) => { done.add(f); return () => { done.delete(f) } }
let timer: ReturnType<typeof setTimeout> | undefined, tries = 0
export async function replay(): Promise<void> {
  clearTimeout(timer)
  if (!queue.ops.some((o) => !o.problem)) return
  const before = queue.ops.length
  const all = await say()
  if (queue.ops.length !== before || queue.ops.some((o) => o.problem)) done.forEach((f) => f())
  tries = all || queue.ops.length !== before ? 0 : tries + 1
  if (queue.ops.some((o) => !o.problem)) timer = setTimeout(() => void replay(), Math.min(60000, 2000 * 2 ** tries))
}
export interface Act { object: string; title?: string; action: string; path: string; body?: Record<string, unknown>; uploads?: Upload[] }
/**
 * Does it now if the server answers, keeps it if not. What comes behind something that waits for the same object waits
 * as well. Throws what the server refused. true: done; false: kept for later.
 */
export async function act(a: Act): Promise<boolean> {
  const uploads = await Promise.all((a.uploads ?? []).map(async (u) => ({ ...u, src: await platform.keep(u.src) })))
  const op: Op = { id: uuid(), object: a.object, action: a.action, title: a.title, method: 'POST', path: a.path, body: a.body ?? {}, uploads, at: Date.now(), project: stands ?? me.now?.projectId ?? undefined }
  queue.add(op)
  await say()
  const left = queue.ops.find((x) => x.id === op.id)
  if (!left) return true
  if (left.problem) {
    const p = left.problem
    queue.drop(op.id)
    throw new ApiError(409, p.code, p.message, p.field ?? '', p.requestId)
  }
  void replay()
  return false
}
export function startQueue() {
  queue.reload()
  void replay()
}
platform.onOnline(() => void replay())
watch(() => conn.state, (s) => { if (s === 'live') void replay() })
// whoever logs in next must not send what somebody else has done
whenEnded(() => { clearTimeout(timer); queue.reload() })
