import { ops, roleBits, type Op, type Role } from './gen'

export const bitsOf = (roles: readonly Role[]) => roles.reduce((m, r) => m | roleBits[r], 0)
/* May somebody with these roles call the operation? Asked of the contract, so menus and buttons cannot drift from it. */
export const may = (bits: number, op: Op) => ops[op][2] === -1 || (ops[op][2] & bits) !== 0
