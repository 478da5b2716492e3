/**
 * Texts by key. zh is the measure; a test holds en to the same keys. {name} is replaced. No run-time dependency. English is
 * added when somebody wants it: the first page of the others need not wait for it.
 */
import { ref, shallowReactive } from 'vue'
import zh from './locales/zh'

export type Key = keyof typeof zh
export type Lang = 'zh' | 'en'
export type Words = Record<Key, string>
const tables = shallowReactive<{ zh: Words; en?: Words }>({ zh })
export const lang = ref<Lang>('zh')
export const addEnglish = (words: Words) => { tables.en = words }

export function t(key: Key, params?: Record<string, string | number>): string {
  const text = tables[lang.value]?.[key] ?? zh[key] ?? key
  return params ? text.replace(/\{(\w+)\}/g, (all, k: string) => (k in params ? String(params[k]) : all)) : text
}
/** For words that come from the server as codes: the text if there is one, else the code itself. */
export function word(group: string, code: string | null | undefined): string {
  if (!code) return ''
  const key = `${group}.${code}`
  return key in zh ? t(key as Key) : code
}
export const has = (key: string): key is Key => key in zh
