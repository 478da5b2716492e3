import type { Ops, Roster } from '@/api/gen'
import { addDays, DAY, dayMs, dayOf, timeText } from '@/lib/time'

export type Slot = Ops['planRoster']['body']['slots'][number]
export interface Planned extends Omit<Slot, 'day'> { from_day: number; to_day: number }

/* Leave is seen on every day it touches; work belongs to the day it begins on, however far into the night it goes. */
export const ofDay = (list: Roster[], day: number) => list.filter((x) => (x.kind === 'leave' ? Date.parse(x.from) < dayMs(addDays(day, 1)) && Date.parse(x.to) > dayMs(day) : x.day === day))
/* The hour, and the day as well when it is not the one looked at. */
export const clockOn = (day: number, at: string) => (dayOf(Date.parse(at)) === day ? timeText(at).slice(11) : timeText(at))

/* The server takes 400 slots at once and lists two months: so many days, with what is there already, always fit. */
export const PLAN_DAYS = 62
export const planDays = (p: Planned) => Math.round((dayMs(p.to_day) - dayMs(p.from_day)) / DAY) + 1

/* The server replaces all that somebody has on a day, so what else they have goes along. What overlaps is what is being
   changed. An end that is not after the begin is on the next day. */
export function planSlots(p: Planned, there: Roster[]): Slot[] {
  const { from_day, to_day, ...rest } = p
  const one = { ...rest, to_min: rest.to_min > rest.from_min ? rest.to_min : rest.to_min + 1440 }
  const out: Slot[] = []
  for (let day = from_day; day <= to_day; day = addDays(day, 1)) {
    const minute = (at: string) => Math.round((Date.parse(at) - dayMs(day)) / 60e3)
    const kept = there.filter((x) => x.kind !== 'leave' && x.account_id === p.account_id && x.day === day)
      .map((x): Slot => ({ account_id: x.account_id, day, from_min: minute(x.from), to_min: minute(x.to), kind: x.kind as Slot['kind'], name: x.name }))
      .filter((x) => x.to_min <= one.from_min || x.from_min >= one.to_min)
    out.push(...kept, { ...one, day })
  }
  return out
}
