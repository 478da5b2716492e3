import { word } from './i18n'
import zh from './locales/zh'

/** The company's own name of a category; a built-in one that it has not renamed is said in the language of the app. */
export const categoryText = (code: string, name: string | null): string =>
  name && name !== (zh as Record<string, string>)[`ccat.${code}`] ? name : word('ccat', code)
