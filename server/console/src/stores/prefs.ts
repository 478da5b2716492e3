import { ref, watch } from 'vue'
import { defineStore } from 'pinia'
import { speak, type Language } from '@/lib/i18n'

interface Kept { dark: boolean; large: boolean; language: Language; narrow: boolean; folded: string[]; hidden: Record<string, string[]> }
const KEY = 'anju.prefs'

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>
  } catch {
    return {}
  }
}

/* How a person likes to see things; kept on this computer, says nothing about anybody. */
export const usePrefs = defineStore('prefs', () => {
  const kept = read()
  const dark = ref(kept.dark ?? window.matchMedia('(prefers-color-scheme: dark)').matches)
  const large = ref(kept.large ?? false)
  const lang = ref<Language>(kept.language ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'))
  const narrow = ref(kept.narrow ?? false)
  const folded = ref(kept.folded ?? [])
  /* Columns a person does not want to see, by table. */
  const hidden = ref(kept.hidden ?? {})
  const show = () => {
    document.documentElement.classList.toggle('dark', dark.value)
    document.documentElement.classList.toggle('large', large.value)
  }
  watch([dark, large, lang, narrow, folded, hidden], () => {
    show()
    speak(lang.value)
    localStorage.setItem(KEY, JSON.stringify({ dark: dark.value, large: large.value, language: lang.value, narrow: narrow.value, folded: folded.value, hidden: hidden.value } satisfies Kept))
  })
  function start(): void {
    show()
    speak(lang.value)
  }
  return { dark, large, lang, narrow, folded, hidden, start }
})
