import type { Bill, Room } from '@/api/gen'

/* What is still to be paid of a bill, late fee included. */
export const dueOf = (b: Bill) => b.amount_fen - b.paid_fen + b.late_fen - b.late_waived_fen - b.late_paid_fen
export const sumDue = (bills: readonly Bill[]) => bills.reduce((n, b) => n + dueOf(b), 0)
export const methods = ['cash', 'card', 'transfer', 'prepaid', 'wechat', 'alipay'] as const
export type Method = (typeof methods)[number]
export const online = (m: Method): m is 'wechat' | 'alipay' => m === 'wechat' || m === 'alipay'
export const nextMethod = (m: Method): Method => methods[(methods.indexOf(m) + 1) % methods.length]

const numbers = (s: string) => (s.match(/\d+/g) ?? []).join('-')
/* The rooms whose numbers are just what was typed come first. */
export const nearest = (rooms: readonly Room[], asked: string): Room[] => [...rooms].sort((a, b) => Number(numbers(b.full_name) === numbers(asked)) - Number(numbers(a.full_name) === numbers(asked)))
