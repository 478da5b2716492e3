import { computed, ref } from 'vue'
import { defineStore } from 'pinia'
import { api, ApiError, client } from '@/api/client'
import { bitsOf, may } from '@/api/rights'
import type { Login, Op, Project, Session } from '@/api/gen'

const KEPT = 'anju.token'

/* Who is logged in. The token lives in memory; with the person's consent in this tab's sessionStorage as well, so that a
 * reload does not end the session. It is never written anywhere that outlives the tab. */
export const useSession = defineStore('session', () => {
  const who = ref<Session | null>(null)
  const projects = ref<Project[]>([])
  const bits = computed(() => bitsOf(who.value?.roles ?? []))
  const project = computed(() => projects.value.find((p) => p.id === who.value?.project_id) ?? null)
  const can = (op: Op) => who.value !== null && may(bits.value, op)

  async function refresh(): Promise<void> {
    who.value = await api('getSession')
    projects.value = who.value.must_change_password || who.value.must_enrol ? [] : (await api('listProjects')).items
  }
  async function logIn(login: string, password: string, keep: boolean, company?: string, otp?: string): Promise<Login> {
    const l = await api('logIn', { body: { login, password, platform: 'console', company: company || undefined, otp: otp || undefined } })
    await take(l, keep)
    return l
  }
  async function take(l: Login, keep: boolean): Promise<void> {
    client.token = l.token
    if (keep) sessionStorage.setItem(KEPT, l.token)
    else sessionStorage.removeItem(KEPT)
    await refresh()
  }
  /* After a reload: true when the tab still has a living session. */
  async function resume(): Promise<boolean> {
    const token = sessionStorage.getItem(KEPT)
    if (who.value) return true
    if (!token) return false
    client.token = token
    try {
      await refresh()
      return true
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) forget()
      else client.token = '' // the server cannot be reached: the next reload tries again
      return false
    }
  }
  async function choose(id: string): Promise<void> {
    await api('chooseProject', { body: { project_id: id } })
    await refresh()
  }
  function forget(): void {
    client.token = ''
    sessionStorage.removeItem(KEPT)
    who.value = null
    projects.value = []
  }
  async function logOut(): Promise<void> {
    try {
      await api('logOut')
    } catch {
      /* the session is dead already, or the line is: it ends here either way */
    }
    forget()
  }
  return { who, projects, project, can, refresh, logIn, resume, choose, forget, logOut }
})
