import type { Bill, Room } from '@/api/gen'
import type { Field } from '@/lib/fields'
import { t } from '@/lib/i18n'
import { opts } from '@/views/facilities/facilityFields'

export const sumDue = (bills: readonly Bill[]) => bills.reduce((n, b) => n + b.due_fen, 0)
export const MOST = 50 // bills that are paid at once
/* Those that were due first come first. */
export const oldest = (bills: readonly Bill[]): Bill[] => [...bills].sort((a, b) => a.due_day - b.due_day || a.period_from - b.period_from)
export const methods = ['cash', 'card', 'transfer', 'prepaid', 'wechat', 'alipay'] as const
export type Method = (typeof methods)[number]
export const online = (m: Method): m is 'wechat' | 'alipay' => m === 'wechat' || m === 'alipay'
export const nextMethod = (m: Method): Method => methods[(methods.indexOf(m) + 1) % methods.length]

/* How money is given back to somebody: a transfer leaves a slip with a number. */
export const handOut = (length: number): Field[] => [
  { key: 'method', label: t('f.method'), kind: 'choice', required: true, options: opts('e.method', ['cash', 'transfer']) },
  { key: 'voucher', label: t('f.voucher'), length, required: true, when: (v) => v.method === 'transfer' },
]
const numbers = (s: string) => (s.match(/\d+/g) ?? []).join('-')
/* The rooms whose numbers are just what was typed come first. */
export const nearest = (rooms: readonly Room[], asked: string): Room[] => [...rooms].sort((a, b) => Number(numbers(b.full_name) === numbers(asked)) - Number(numbers(a.full_name) === numbers(asked)))
