import { expect, test } from 'vitest'
import { ApiError } from '@/api/error'
import { t } from '@/shared/i18n'
import { reason } from './action'

const refused = (code: string, message: string) => reason(new ApiError(409, code, message, '', ''))
test('what the server says for people is shown; only a raw state and an old version become "things have changed"', () => {
  for (const text of ['收费须先报价并经业主同意', 'a charge needs a quote that was accepted', '还有 3 张未结清的账单', '当前状态不能执行该操作']) expect(refused('bad_transition', text)).toBe(text)
  for (const text of ['工单当前状态为 closed,不能执行该操作', '当前状态为 closed,不能执行该操作', 'not possible while the order is closed', 'not possible while it is closed']) expect(refused('bad_transition', text)).toBe(t('error.changed'))
  expect(refused('version_conflict', '已被他人修改')).toBe(t('error.changed'))
  expect(refused('taken', '已被其他师傅接单')).toBe('已被其他师傅接单')
})
