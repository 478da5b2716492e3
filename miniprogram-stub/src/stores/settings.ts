/** Language, light or dark, size of the letters: kept on the phone. */
import { computed, reactive, watch } from 'vue'
import { addEnglish, lang, type Lang } from '@/shared/i18n'
import { platform, storage } from '@/platform'

export type Theme = 'auto' | 'light' | 'dark'
interface Settings { lang: Lang | 'auto'; theme: Theme; large: boolean }
export const settings = reactive<Settings>({ lang: 'auto', theme: 'auto', large: false, ...storage.get<Partial<Settings>>('settings') })
const system = reactive({ dark: false })

export const dark = computed(() => (settings.theme === 'auto' ? system.dark : settings.theme === 'dark'))
/** What the page's outermost view wears */
export const pageClass = computed(() => `page ${dark.value ? 'dark' : 'light'}${settings.large ? ' large' : ''}`)

function english() {
  const words = platform.english()
  if (words instanceof Promise) words.then(addEnglish, () => setTimeout(() => { if (lang.value === 'en') english() }, 5000)) // Chinese stays until the network is back
  else addEnglish(words)
}
function apply() {
  const wanted = settings.lang === 'auto' ? (/^en/i.test(platform.language()) ? 'en' : 'zh') : settings.lang
  lang.value = wanted
  platform.setLang(wanted)
  if (wanted === 'en') english()
}
export function startSettings() {
  system.dark = platform.systemDark()
  platform.onSystemDark((d) => { system.dark = d })
  apply()
  watch(settings, () => { storage.set('settings', { ...settings }); apply() })
}
