/** A payment order: paid, in time or too late; or not at its end yet. */
export const isPaid = (state: string): boolean => state === 'paid' || state === 'paid_late'
export const isUnderWay = (state: string): boolean => ['created', 'unknown', 'pending', 'closing'].includes(state)
