/**
 * What a technician did in a basement: kept in the phone's storage and said to the server later, in order. The id of an
 * operation is its idempotency key, so an answer that was lost on the way costs nothing when it is said again.
 */
import { ms } from './time'

export interface Upload { src: string; field: 'photos' | 'answer'; n?: number }
export interface Op {
  id: string
  /** What it is about, such as "repair:42": after a conflict, what follows for the same object waits for a person. */
  object: string
  action: string
  method: 'POST'
  path: string
  body: Record<string, unknown>
  /** Pictures that have to be uploaded first; their ids go into the body. Done ones are taken out, one by one. */
  uploads: Upload[]
  at: number
  /** Where the session stood: what was done in one project means nothing in another. Missing in what older versions kept. */
  project?: string
  /** What the person calls it: the kind of job and the room */
  title?: string
  /** The last try came to nothing that matters: status 0 is no network */
  later?: number
  problem?: { code: string; message: string; requestId: string; field?: string }
}
export interface Store { load(): Op[]; save(ops: Op[]): void }
export interface Sender {
  /** The session into this project, before anything of it is said */
  enter(project: string): Promise<void>
  upload(src: string, key: string): Promise<string>
  send(op: Op): Promise<void>
}
export type Failure = { status: number; code: string; message: string; requestId: string; field?: string }
/** No answer, or one that says "later": the operation stays at the head. 401: somebody must log in first. */
export const isLater = (f: Failure): boolean => f.status === 0 || f.status === 401 || f.status === 408 || f.status === 429 || f.status >= 500

/** "On hold until tomorrow" that can only be said the day after: still on hold, until further notice. */
export function timely(body: Record<string, unknown>, now: number): Record<string, unknown> {
  const { until, ...rest } = body
  return typeof until === 'string' && ms(until) <= now ? rest : body
}

export function createQueue(store: Store, sender: Sender, changed: (ops: readonly Op[]) => void) {
  let ops = store.load(), running: Promise<boolean> | null = null
  const keep = () => { store.save(ops); changed(ops) }
  const replace = (op: Op) => { ops = ops.map((x) => (x.id === op.id ? op : x)); keep() }
  const stuck = (object: string) => ops.some((x) => x.object === object && x.problem)

  async function one(op: Op): Promise<'done' | 'later' | 'conflict'> {
    try {
      let now = op
      if (op.project) await sender.enter(op.project)
      while (now.uploads.length) {
        const [u, ...rest] = now.uploads
        const id = await sender.upload(u!.src, `${now.id}-${rest.length}`)
        const body = { ...now.body }
        if (u!.field === 'photos') body.photos = [...((body.photos as string[]) ?? []), id]
        else body.answers = (body.answers as { n: number }[]).map((a) => (a.n === u!.n ? { ...a, file_id: id } : a))
        now = { ...now, body, uploads: rest }
        replace(now)
      }
      await sender.send(now)
      ops = ops.filter((x) => x.id !== op.id)
      keep()
      return 'done'
    } catch (e) {
      const f = e as Failure
      if (isLater(f)) {
        const now = ops.find((x) => x.id === op.id)
        if (now && now.later !== f.status) replace({ ...now, later: f.status })
        return 'later'
      }
      const now = ops.find((x) => x.id === op.id)
      if (now) replace({ ...now, problem: { code: f.code, message: f.message, requestId: f.requestId, field: f.field } })
      return 'conflict'
    }
  }
  async function run(): Promise<boolean> {
    for (;;) {
      const next = ops.find((x) => !x.problem && !stuck(x.object))
      if (!next) return ops.length === 0
      if ((await one(next)) === 'later') return false
    }
  }
  return {
    get ops(): readonly Op[] { return ops },
    of: (object: string) => ops.filter((x) => x.object === object),
    /** Somebody else has logged in: their own queue. */
    reload() { ops = store.load(); changed(ops) },
    add(op: Op) { ops = [...ops, op]; keep() },
    /** Says what waits; true when nothing is left. One run at a time. */
    replay(): Promise<boolean> { return (running ??= run().finally(() => { running = null })) },
    /** A person has looked at the conflict: try it again, or let it go with what hangs on it. */
    retry(id: string) { const op = ops.find((x) => x.id === id); if (op) { const { problem, ...rest } = op; replace(rest); void problem } },
    drop(id: string) { ops = ops.filter((x) => x.id !== id); keep() },
    clear() { ops = []; keep() },
  }
}
export type Queue = ReturnType<typeof createQueue>
