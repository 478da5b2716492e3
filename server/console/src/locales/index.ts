import { base } from './base'
import { enums } from './enums'
import { fields } from './fields'
import { money } from './money'
import { now } from './now'
import { estate } from './estate'
import { office } from './office'
import { works } from './works'
import { charges } from './charges'
import { books } from './books'

export const words = { ...base, ...now, ...estate, ...money, ...works, ...office, ...charges, ...books, f: fields, e: enums } as const
