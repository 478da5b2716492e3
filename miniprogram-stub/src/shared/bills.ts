import type { components } from './api'

export type Bill = components['schemas']['Bill']
export const lateOwed = (b: Bill): number => b.late_fen - b.late_paid_fen
export const isOpen = (b: Bill): boolean => b.due_fen > 0
/** As many as one order takes (maxItems of createPayOrder). */
export const MOST = 50
/** The others, when there are more than one order takes: what was due first is paid first. */
export const beyond = (bills: readonly Bill[]): string[] => [...bills].sort((a, b) => a.due_day - b.due_day || a.period_from - b.period_from).slice(MOST).map((b) => b.id)

export interface RoomBills { room: string; bills: Bill[]; fen: number }
/** By room, the oldest first: that is what should be paid first. */
export function byRoom(bills: readonly Bill[]): RoomBills[] {
  const rooms = new Map<string, RoomBills>()
  for (const b of bills) {
    const name = b.room ?? ''
    const r = rooms.get(name) ?? { room: name, bills: [], fen: 0 }
    r.bills.push(b)
    r.fen += b.due_fen
    rooms.set(name, r)
  }
  for (const r of rooms.values()) r.bills.sort((a, b) => a.period_from - b.period_from)
  return [...rooms.values()].sort((a, b) => a.room.localeCompare(b.room, 'zh'))
}
