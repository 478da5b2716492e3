import type { Ops } from '@/api/gen'
import type { Field } from '@/lib/fields'
import { t, tx, type Text } from '@/lib/i18n'

export type RepairAct = Ops['actOnRepair']['path']['action']
const note = (required: boolean): Field => ({ key: 'note', label: t('f.note'), kind: 'long', required, length: 500 })
const flag = (key: string, label: string): Field => ({ key, label, kind: 'switch' })

/* What each step asks for; the steps that may be taken come with the order. Those only a technician's phone takes are absent. */
const asks: Partial<Record<RepairAct, () => Field[]>> = {
  assign: () => [],
  transfer: () => [{ key: 'technician_id', label: t('f.technician'), kind: 'staff', required: true }, note(true)],
  comment: () => [note(true), flag('internal', t('board.internal'))],
  hold: () => [{ key: 'reason', label: t('f.reason'), kind: 'choice', required: true, options: ['part', 'owner_absent', 'third_party', 'other'].map((v) => ({ value: v, label: tx('e.hold', v) })) }, { key: 'until', label: t('f.until'), kind: 'time' }, note(false)],
  resume: () => [note(false)],
  quote_accept: () => [note(false)],
  quote_refuse: () => [note(false)],
  waive: () => [note(true)],
  visit: () => [flag('satisfied', t('board.satisfied')), note(false)],
  void: () => [note(true)],
  force_finish: () => [note(true), flag('keep_charge', t('board.keep_charge')), flag('facility_up', t('board.facility_up'))],
}
export const grave = new Set<string>(['void', 'force_finish', 'waive'])
export const asksOf = (a: string): Field[] | null => asks[a as RepairAct]?.() ?? null
export const actName = (a: string) => t(`e.repair_act.${a}` as Text)
