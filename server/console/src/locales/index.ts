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
import { guard } from './guard'
import { rounds } from './rounds'

export const words = { ...base, ...now, ...estate, ...money, ...works, ...office, ...charges, ...books, ...guard, ...rounds, f: fields, e: enums } as const
