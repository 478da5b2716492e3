import type { Ops } from '@/api/gen'
import type { Field, Option } from '@/lib/fields'
import { t } from '@/lib/i18n'
import { opts } from '@/views/facilities/facilityFields'

export type ComplaintAct = Ops['actOnComplaint']['path']['action']
export interface Choices { categories: Option[]; departments: Option[]; types: Option[] }
const note = (required: boolean, label = t('f.note')): Field => ({ key: 'note', label, kind: 'long', required, length: 1000 })

/* What each step of a complaint asks for; which steps there are, the complaint itself says. Those only an owner takes are absent. */
const asks: Partial<Record<ComplaintAct, (c: Choices) => Field[]>> = {
  classify: (c) => [
    { key: 'category', label: t('f.category'), kind: 'choice', required: true, options: c.categories }, { key: 'kind', label: t('f.kind'), kind: 'choice', options: opts('e.complaint_kind', ['complaint', 'suggestion', 'inquiry', 'praise']) },
    { key: 'urgency', label: t('f.urgency'), kind: 'choice', options: opts('e.urgency', ['low', 'normal', 'high', 'emergency']) }, { key: 'accused_id', label: t('complaint.accused'), kind: 'staff' }, { key: 'due_at', label: t('f.due_at'), kind: 'time' }, note(false),
  ],
  assign: (c) => [{ key: 'assignee_id', label: t('f.handler'), kind: 'staff', help: t('complaint.one_of') }, { key: 'department_id', label: t('f.department'), kind: 'choice', options: c.departments }, { key: 'due_at', label: t('f.due_at'), kind: 'time' }, note(false)],
  accept: () => [note(false)],
  return: () => [note(true)],
  reply: () => [note(true, t('complaint.reply_text'))],
  note: () => [note(true)],
  resolve: () => [note(true, t('complaint.result'))],
  reopen: () => [note(true)],
  merge: () => [{ key: 'target_id', label: t('complaint.target'), required: true, length: 20 }],
  link_repair: (c) => [{ key: 'type_id', label: t('complaint.new_repair'), kind: 'choice', options: c.types }, { key: 'repair_id', label: t('complaint.repair_id'), length: 20 }],
  link_bill: () => [{ key: 'bill_id', label: t('complaint.bill_id'), required: true, length: 20 }],
}
export const complaintFields = (a: string, c: Choices): Field[] | null => asks[a as ComplaintAct]?.(c) ?? null
