import { createRouter, createWebHashHistory, type RouteLocationNormalized, type RouteRecordRaw } from 'vue-router'
import { useSession } from '@/stores/session'
import { pages } from './pages'

const inner = (bare: boolean): RouteRecordRaw[] =>
  pages.filter((p) => Boolean(p.bare) === bare).map((p) => ({ path: p.path, name: p.name, component: p.view as () => Promise<object>, meta: { op: p.op, title: p.title } }))

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/login', name: 'login', component: () => import('@/views/login/LoginPage.vue'), meta: { open: true } },
    { path: '/recover', name: 'recover', component: () => import('@/views/login/RecoverPage.vue'), meta: { open: true } },
    { path: '/second-factor', name: 'second-factor', component: () => import('@/views/login/EnrolPage.vue') },
    { path: '/password', name: 'password', component: () => import('@/views/login/PasswordPage.vue') },
    ...inner(true),
    { path: '/', component: () => import('@/layout/MainLayout.vue'), children: [...inner(false), { path: '/:rest(.*)*', name: 'nowhere', component: () => import('@/views/system/NowherePage.vue') }] },
  ],
})

/* On the way to another page, while the one left behind is still there: what it says then is said too late. */
let goal: RouteLocationNormalized | null = null
router.beforeEach((to) => {
  goal = to
})
router.afterEach(() => (goal = null))
router.onError(() => (goal = null))
export const leaving = () => goal !== null && goal.path !== router.currentRoute.value.path

/* Logged in? With a password of one's own? Allowed to see this page? What is not allowed is shown as not there. */
router.beforeEach(async (to) => {
  const session = useSession()
  const inside = await session.resume()
  if (to.meta.open) return inside && to.name === 'login' ? { path: '/' } : true
  if (!inside) return { name: 'login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
  if (session.who?.must_change_password) return to.name === 'password' ? true : { name: 'password' }
  if (session.who?.must_enrol) return to.name === 'second-factor' ? true : { name: 'second-factor' }
  if (to.name === 'second-factor') return { path: '/me' }
  if (to.meta.op && !session.can(to.meta.op)) {
    const first = pages.find((p) => p.group && session.can(p.op))
    return to.path === '/' && first ? { path: first.path } : { name: 'nowhere', params: { rest: to.path.slice(1).split('/') } }
  }
  return true
})
