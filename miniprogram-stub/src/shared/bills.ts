import type { components } from './api'

export type Bill = components['schemas']['Bill']
/** What is still to be paid: the fee and the late fee so far. The order freezes the server's own numbers. */
export const owed = (b: Bill): number => b.amount_fen - b.paid_fen + b.late_fen - b.late_paid_fen
export const lateOwed = (b: Bill): number => b.late_fen - b.late_paid_fen
export const isOpen = (b: Bill): boolean => (b.state === 'published' || b.state === 'partial') && owed(b) > 0

export interface RoomBills { room: string; bills: Bill[]; fen: number }
/** By room, the oldest first: that is what should be paid first. */
export function byRoom(bills: readonly Bill[]): RoomBills[] {
  const rooms = new Map<string, RoomBills>()
  for (const b of bills) {
    const name = b.room ?? ''
    const r = rooms.get(name) ?? { room: name, bills: [], fen: 0 }
    r.bills.push(b)
    r.fen += owed(b)
    rooms.set(name, r)
  }
  for (const r of rooms.values()) r.bills.sort((a, b) => a.period_from - b.period_from)
  return [...rooms.values()].sort((a, b) => a.room.localeCompare(b.room, 'zh'))
}
