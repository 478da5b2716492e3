import { createApp } from 'vue'
import { createPinia } from 'pinia'
import 'element-plus/theme-chalk/base.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './styles/base.css'
import App from './App.vue'
import { client } from './api/client'
import { t } from './lib/i18n'
import { router } from './router'
import { useLiveStore } from './stores/live'
import { usePrefs } from './stores/prefs'
import { useSession } from './stores/session'

const app = createApp(App)
app.use(createPinia())
client.words = (kind) => t(kind === 'network' ? 'common.no_network' : 'common.bad_answer')
client.onDead = () => {
  const session = useSession()
  if (!session.who) return
  session.forget()
  useLiveStore().stop()
  void router.replace({ name: 'login', query: { next: router.currentRoute.value.fullPath, expired: '1' } })
}
client.onMustEnrol = () => void useSession().refresh().then(() => router.replace({ name: 'second-factor' })).catch(() => {})
usePrefs().start()
app.use(router)
await router.isReady().catch(() => {})
app.mount('#app')
