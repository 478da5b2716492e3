import type { Share } from '@/api/gen'
import { shortDecimal } from '@/lib/money'

/* Areas and weights are kept in ten thousandths; of households each counts as one. */
export const shareWeight = (basis: Share['basis'], weight: number) => (basis === 'household' ? String(weight) : shortDecimal(weight, 4))
