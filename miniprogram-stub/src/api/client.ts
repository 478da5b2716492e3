/** Typed calls of the API: paths, bodies and answers are those of schema/openapi.yaml. */
import type { paths, components } from '@/shared/api'
import { platform, storage } from '@/platform'
import type { Answer } from '@/platform'
import { lang } from '@/shared/i18n'
import { uuid } from '@/shared/uuid'
import { ApiError, errorOf } from './error'

export type Schemas = components['schemas']
type Method = 'get' | 'post' | 'put' | 'delete'
type PathOf<M extends Method> = { [P in keyof paths]: paths[P][M] extends { responses: any } ? P : never }[keyof paths]
type JsonOf<R> = R extends { content: { 'application/json': infer J } } ? J : undefined
type Good<R> = R extends { 200: infer A } ? JsonOf<A> : R extends { 201: infer B } ? JsonOf<B> : undefined
export type AnswerOf<P extends keyof paths, M extends Method> = paths[P][M] extends { responses: infer R } ? Good<R> : never
type BodyOf<P extends keyof paths, M extends Method> = paths[P][M] extends { requestBody?: { content: { 'application/json': infer B } } } ? B : Record<string, never>
export interface Options {
  path?: Record<string, string | number>
  query?: Record<string, string | number | undefined | null>
  /** Idempotency key; one is made for a write that has none */
  key?: string
  /** If-Match */
  version?: number
  /** Without a session, and without being sent to the login */
  open?: boolean
}

interface Tokens { token: string; refresh: string | null }
let tokens: Tokens | null = storage.get<Tokens>('tokens')
let onDead: () => void = () => undefined, onRenewed: (l: Schemas['Login']) => Promise<void> = async () => undefined
export const session = {
  get token() { return tokens?.token ?? null },
  set(token: string, refresh: string | null) { tokens = { token, refresh }; storage.set('tokens', tokens) },
  clear() { tokens = null; storage.remove('tokens') },
  whenDead(f: () => void) { onDead = f },
  /** Before the calls that waited for it go on */
  whenRenewed(f: typeof onRenewed) { onRenewed = f },
}
export const device: string = storage.get<string>('device') ?? (() => { const d = uuid(); storage.set('device', d); return d })()

export function urlOf(path: string, o: Options = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, k: string) => encodeURIComponent(String(o.path?.[k] ?? '')))
  const query = Object.entries(o.query ?? {}).filter(([, v]) => v !== undefined && v !== null && v !== '')
    .map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')
  return platform.origin() + filled + (query ? `?${query}` : '')
}
/** Who asks, and in which language the answer's words shall be. */
const spoken = () => ({ 'x-device-id': device, 'accept-language': lang.value === 'en' ? 'en' : 'zh-CN' })
export function headers(more: Record<string, string> = {}): Record<string, string> {
  return {
    ...spoken(),
    ...(tokens ? { authorization: `Bearer ${tokens.token}` } : {}),
    ...more,
  }
}

let refreshing: Promise<boolean> | null = null
/** A new session by the remembered login; once for all calls that found the old one dead. */
function refresh(): Promise<boolean> {
  const old = tokens
  if (!old?.refresh) return Promise.resolve(false)
  return (refreshing ??= platform.request({
    method: 'POST',
    url: urlOf('/api/v1/auth/refresh'),
    headers: { ...spoken(), 'content-type': 'application/json' },
    body: { refresh_token: old.refresh, remember: true },
  }).then(async (a) => {
    if (a.status === 200) { session.set(a.data.token, a.data.refresh_token); await onRenewed(a.data); return true }
    if (a.status === 0 || a.status >= 500) throw errorOf(a)
    return false
  }).finally(() => { refreshing = null }))
}
/** Runs a call; when the session has ended, renews it once and runs it again. */
async function guarded(run: () => Promise<Answer>, open?: boolean): Promise<Answer> {
  const before = tokens?.token
  let a = await run()
  if (a.status !== 401 || open) return a
  const renewed = (tokens && tokens.token !== before) || (await refresh())
  if (renewed) a = await run()
  if (a.status === 401 && before) { session.clear(); onDead() }
  return a
}

async function call(method: Method, path: string, o: Options, body?: unknown): Promise<any> {
  const write = method !== 'get'
  const more: Record<string, string> = {}
  // some routes take no body at all: undefined sends none
  if (write && body !== undefined) more['content-type'] = 'application/json'
  if (method === 'post') more['idempotency-key'] = o.key ?? uuid()
  if (o.version !== undefined) more['if-match'] = `"${o.version}"`
  const a = await guarded(() => platform.request({
    method: method.toUpperCase() as 'GET',
    url: urlOf(path, o),
    headers: headers(more),
    body,
  }), o.open)
  if (a.status < 200 || a.status > 299) throw errorOf(a)
  return a.data ?? undefined
}

export const api = {
  get: <P extends PathOf<'get'>>(path: P, o: Options = {}): Promise<AnswerOf<P, 'get'>> => call('get', path as string, o),
  post: <P extends PathOf<'post'>>(path: P, body: BodyOf<P, 'post'>, o: Options = {}): Promise<AnswerOf<P, 'post'>> => call('post', path as string, o, body),
  put: <P extends PathOf<'put'>>(path: P, body: BodyOf<P, 'put'>, o: Options = {}): Promise<AnswerOf<P, 'put'>> => call('put', path as string, o, body),
  del: <P extends PathOf<'delete'>>(path: P, o: Options = {}): Promise<AnswerOf<P, 'delete'>> => call('delete', path as string, o),
  /** For the offline queue: what was put down once, said as it was. */
  send: (path: string, body: unknown, key: string): Promise<unknown> => call('post', path, { key }, body),
  async upload(src: string): Promise<Schemas['File']> {
    const a = await guarded(() => platform.upload(urlOf('/api/v1/files'), src, headers()))
    if (a.status !== 201) throw errorOf(a)
    return a.data
  },
  async image(id: string): Promise<string> {
    try { return await platform.fetchFile(urlOf('/api/v1/files/{id}', { path: { id } }), headers()) } catch (e) { throw asError(e) }
  },
  async document(path: string, o: Options, name: string): Promise<void> {
    try { await platform.openDocument(urlOf(path, o), headers(), name) } catch (e) { throw asError(e) }
  },
}
function asError(e: unknown): ApiError {
  const a = e as Answer
  return typeof a?.status === 'number' ? errorOf(a) : new ApiError(0, 'offline', '', '', '')
}
