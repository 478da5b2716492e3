/* The audit speaks in codes such as "bill_run.submit"; people read "Bill run: submitted". */
import { t, tx } from './i18n'

export function auditText(action: string): string {
  const dot = action.indexOf('.')
  return t('trail.done', { thing: tx('trail.thing', action.slice(0, dot)), verb: tx('trail.verb', action.slice(dot + 1)) })
}
const browsers: Array<[RegExp, string]> = [[/MicroMessenger/, 'WeChat'], [/AlipayClient/, 'Alipay'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const systems: Array<[RegExp, string]> = [[/HarmonyOS|OpenHarmony/, 'HarmonyOS'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]
/* "Chrome, Windows" out of what a browser calls itself; other programs say their own name. */
export function browserText(agent: string): string {
  const browser = browsers.find(([r]) => r.test(agent))?.[1], system = systems.find(([r]) => r.test(agent))?.[1]
  return browser && system ? t('trail.where', { browser, system }) : agent.split(' ')[0]
}
