/* The one way to the server. Typed by the contract; knows the session's token and nothing about screens. */
import { ops, type Op, type Ops } from './gen'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
    readonly requestId = '',
  ) {
    super(message)
  }
}

/* The code of a request that a person called off when asked for a proof: nothing happened, nothing is to be told. */
export const CANCELLED = 'cancelled'

type Need<K extends string, T> = keyof T extends never ? { [k in K]?: undefined } : { [k in K]: T }
export type Args<O extends Op> = Need<'path', Ops[O]['path']> & {
  query?: Ops[O]['query']
  body?: Ops[O]['body']
  version?: number
  key?: string
}
type Rest<O extends Op> = keyof Ops[O]['path'] extends never ? [args?: Args<O>] : [args: Args<O>]

export const client = {
  token: '',
  language: 'zh',
  /* set by the application: texts for what has no answer of the server, and what to do when the session is dead */
  words: (kind: 'network' | 'answer'): string => kind,
  onDead: (): void => {},
  /* when the company has come to ask for a second factor that this person has not */
  onMustEnrol: (): void => {},
  /* asks the person to prove once more who they are; false: they would rather not */
  prove: (): Promise<boolean> => Promise.resolve(false),
}

function address(op: Op, args: Args<Op>): string {
  let url = ops[op][1].replace(/\{(\w+)\}/g, (_, k: string) => encodeURIComponent(String((args.path as unknown as Record<string, unknown>)[k])))
  const query = new URLSearchParams()
  for (const [k, v] of Object.entries(args.query ?? {})) if (v !== undefined && v !== null && v !== '') query.set(k, String(v))
  const text = query.toString()
  if (text) url += '?' + text
  return url
}

async function failure(r: Response): Promise<ApiError> {
  try {
    const { error } = (await r.json()) as { error: { code: string; message: string; field: string | null; request_id: string } }
    return new ApiError(r.status, error.code, error.message, error.field, error.request_id)
  } catch {
    return new ApiError(r.status, 'internal', client.words('answer'))
  }
}

async function send(op: Op, args: Args<Op>): Promise<Response> {
  const method = ops[op][0]
  const headers: Record<string, string> = { 'accept-language': client.language }
  if (client.token) headers.authorization = `Bearer ${client.token}`
  if (method === 'POST') headers['idempotency-key'] = args.key!
  if (args.version !== undefined) headers['if-match'] = `"${args.version}"`
  let body: BodyInit | undefined
  const given = args.body as unknown
  if (given instanceof Blob) {
    headers['content-type'] = given.type && op === 'uploadFile' ? given.type : 'application/octet-stream'
    body = given
  } else if (ops[op][3]) {
    headers['content-type'] = 'application/json'
    body = JSON.stringify(given ?? {})
  }
  let r: Response
  try {
    r = await fetch(address(op, args), { method, headers, body, credentials: 'omit', cache: 'no-store' })
  } catch {
    throw new ApiError(0, 'network', client.words('network'))
  }
  if (r.ok || (op === 'readyz' && r.status === 503)) return r // not ready is an answer too
  const e = await failure(r)
  if (r.status === 401 && client.token && !op.startsWith('logIn') && op !== 'stepUp') client.onDead()
  if (r.status === 403 && e.field === 'second_factor') client.onMustEnrol()
  throw e
}

/* Sent; where the server wants a fresh proof of who one is, it is asked for and the same request goes out again, with its key. */
async function proven(op: Op, args: Args<Op>): Promise<Response> {
  try {
    return await send(op, args)
  } catch (e) {
    if (!(e instanceof ApiError) || e.code !== 'step_up_required') throw e
    if (!(await client.prove())) throw new ApiError(0, CANCELLED, e.message)
    return send(op, args)
  }
}

/* Calls an operation of the contract. A lost answer of a POST is asked for once more with the same key. */
export async function api<O extends Op>(op: O, ...rest: Rest<O>): Promise<Ops[O]['reply']> {
  const args = { ...(rest[0] ?? {}) } as Args<Op>
  if (ops[op][0] === 'POST') args.key ??= crypto.randomUUID()
  let r: Response
  try {
    r = await proven(op, args)
  } catch (e) {
    if (!(e instanceof ApiError) || e.code !== 'network' || ops[op][0] !== 'POST') throw e
    r = await proven(op, args)
  }
  if (r.status === 204) return undefined as Ops[O]['reply']
  const type = r.headers.get('content-type') ?? ''
  return (type.includes('json') ? await r.json() : await r.blob()) as Ops[O]['reply']
}
