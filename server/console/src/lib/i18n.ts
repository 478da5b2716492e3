/* Texts: t(key, { name }) in the person's language. Each text is a pair [中文, English] in src/locales, so none can
 * lack its other half; a test compares the {names} of the two. */
import { ref } from 'vue'
import { client } from '@/api/client'
import { words } from '@/locales'

export type Language = 'zh' | 'en'
export type Pair = readonly [zh: string, en: string]
export type Words = { readonly [k: string]: Pair | Words }
type Keys<T, P extends string = ''> = { [K in keyof T & string]: T[K] extends Pair ? `${P}${K}` : Keys<T[K], `${P}${K}.`> }[keyof T & string]
export type Text = Keys<typeof words>

export const language = ref<Language>('zh')

function find(key: string): string | undefined {
  let at: Pair | Words | undefined = words as Words
  for (const part of key.split('.')) at = at && !Array.isArray(at) ? (at as Words)[part] : undefined
  return Array.isArray(at) ? (at[language.value === 'en' ? 1 : 0] as string) : undefined
}
export function t(key: Text, values: Record<string, string | number> = {}): string {
  return (find(key) ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
/* For keys put together at run time; what is not known is shown as it came. */
export const tx = (prefix: string, value: string | null | undefined) => (value ? (find(`${prefix}.${value}`) ?? value) : '')

export function speak(l: Language): void {
  language.value = l
  client.language = l
  document.documentElement.lang = l === 'en' ? 'en' : 'zh-CN'
  document.title = t('app.name')
}
