import { parseDay } from '@/lib/time'

/* The days a page of the books is narrowed to, for what it reads and what it exports alike. */
export const daysOf = (q: { from: string; to: string }) => ({ from: parseDay(q.from) ?? undefined, to: parseDay(q.to) ?? undefined })
