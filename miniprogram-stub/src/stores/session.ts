/** Who is logged in, which rooms are theirs. */
import { computed, reactive, watch } from 'vue'
import { api, session as tokens, type Schemas } from '@/api/client'
import { platform, storage } from '@/platform'
import { forgetAll } from '@/composables/resource'
import { lang } from '@/shared/i18n'

type Login = Schemas['Login']
interface Me { accountId: string; name: string; kind: 'staff' | 'resident'; roles: string[]; projectId: string | null }
export const me = reactive<{ now: Me | null; rooms: Schemas['Binding'][]; known: boolean; room: string | null }>({
  now: tokens.token ? storage.get<Me>('me') : null,
  rooms: (tokens.token && storage.get<Schemas['Binding'][]>('rooms')) || [],
  known: false, // the rooms have been asked for: none is none
  room: storage.get<string>('room'),
})
export const loggedIn = computed(() => me.now !== null && tokens.token !== null)
export const isTechnician = computed(() => me.now?.roles.includes('technician') ?? false)
export const activeRooms = computed(() => me.rooms.filter((b) => b.state === 'active'))
export const room = computed(() => activeRooms.value.find((b) => b.room_id === me.room) ?? activeRooms.value[0] ?? null)

/** The page on top with its query; while the app starts, the page it was opened with. */
function whereabouts(): string {
  const page = getCurrentPages().at(-1) as { route?: string; options?: Record<string, string> } | undefined
  const start = page ? null : uni.getLaunchOptionsSync()
  const path = page?.route ?? start?.path ?? ''
  const query = Object.entries(page?.options ?? start?.query ?? {}).map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`).join('&')
  return path ? `/${path}${query ? `?${query}` : ''}` : HOME.login
}
const ended: (() => void)[] = []
/** Told when the session is over, by whatever way. */
export const whenEnded = (f: () => void) => { ended.push(f) }

export const HOME = { owner: '/pages/home/index', technician: '/pkg-tech/duty/index', login: '/pages/login/index' }
/** Several pages may find at once that nobody is logged in: the first one goes. */
export function toLogin(url = HOME.login) {
  const at = getCurrentPages().at(-1) as { route?: string } | undefined
  if (at?.route && `/${at.route}` === HOME.login) return
  uni.reLaunch({ url, fail: () => undefined })
}
export const homeOf = () => (isTechnician.value ? HOME.technician : HOME.owner)

/* What somebody has begun to write waits for them when the session runs out, and for nobody else. */
function dropDrafts() {
  storage.removeAll(['draft.', 'invoice.'])
}
export function take(l: Login) {
  if (storage.get<string>('drafts_of') !== l.account_id) dropDrafts()
  storage.set('drafts_of', l.account_id)
  if (me.now && me.now.accountId !== l.account_id) forget() // somebody else logs in on top
  tokens.set(l.token, l.refresh_token)
  storage.remove('expired')
  me.now = { accountId: l.account_id, name: l.name, kind: l.kind, roles: l.roles, projectId: l.project_id }
  storage.set('me', me.now)
}
let telling = ''
/** Messages come in the language of the app: the server is told when it is another than it was last told. */
export async function tellLanguage() {
  const id = me.now?.accountId, said = `${id}:${lang.value}`
  if (!id || !tokens.token || (storage.get<string>('told') ?? `${id}:zh`) === said || telling === said) return
  telling = said
  try {
    await api.put('/api/v1/me/language', { lang: lang.value })
    storage.set('told', said)
  } finally {
    telling = ''
  }
}
watch([lang, () => me.now?.accountId], () => void tellLanguage().catch(() => undefined)) // and at the start, by App

/** What may be seen, and as what, hangs on the session's project: after this the server answers for that one. */
export async function enterProject(id: string) {
  const who = me.now?.accountId
  if (!who || me.now?.projectId === id) return
  await api.put('/api/v1/session/project', { project_id: id })
  const s = await api.get('/api/v1/session')
  if (me.now?.accountId !== who) return
  me.now = { ...me.now, projectId: s.project_id, roles: s.roles }
  storage.set('me', me.now)
}
/* The session follows the room. When it cannot now, the next look at the rooms tries again. */
const follow = async () => { if (room.value && me.now?.kind === 'resident') await enterProject(room.value.project_id).catch(() => undefined) }
/* A renewed session stands in the project the server thinks of first: back to ours, before anything else is asked. */
tokens.whenRenewed(async (l) => {
  const ours = me.now?.projectId
  if (!me.now || ours === l.project_id) return
  if (ours && (await api.put('/api/v1/session/project', { project_id: ours }, { open: true }).then(() => true, () => false))) return
  me.now = { ...me.now, projectId: l.project_id, roles: l.roles }
  storage.set('me', me.now)
})

/** The rooms as they are now, and the session in the project of the chosen one. */
export async function loadRooms() {
  me.rooms = (await api.get('/api/v1/bindings')).items
  me.known = true
  storage.set('rooms', me.rooms)
  await follow()
}
export async function chooseRoom(id: string) {
  me.room = id
  storage.set('room', id)
  await follow()
}
function forget() {
  tokens.clear()
  me.now = null
  me.rooms = []
  me.known = false
  me.room = null
  storage.remove('me')
  storage.remove('room')
  storage.remove('rooms')
  forgetAll()
  ended.forEach((f) => f())
}
export async function logout() {
  try { await api.del('/api/v1/session', { open: true }) } catch { /* it ends here in any case */ }
  dropSession()
  storage.remove('expired')
  toLogin()
}
export function dropSession() {
  forget()
  dropDrafts()
}
tokens.whenDead(() => {
  const at = whereabouts()
  if (!at.startsWith(HOME.login) || !storage.get('expired')) storage.set('expired', at) // before anything moves: whichever page sends to the login first, it says so
  forget()
  toLogin()
})
export const common = { platform: platform.name as 'h5' | 'wechat' | 'alipay', remember: true, ...(__COMPANY__ ? { company: __COMPANY__ } : {}) }
