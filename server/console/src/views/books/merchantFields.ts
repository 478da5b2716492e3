import type { Field } from '@/lib/fields'
import { t, tx } from '@/lib/i18n'
import type { Option } from '@/lib/fields'

const wx = (v: Record<string, unknown>) => v.channel === 'wechat', zfb = (v: Record<string, unknown>) => v.channel === 'alipay'

/* What a channel gives its merchants. Keys go one way: nothing of them ever comes back. */
export const merchantFields = (projects: Option[]): Field[] => [
  { key: 'channel', label: t('f.channel'), kind: 'choice', required: true, options: ['wechat', 'alipay'].map((v) => ({ value: v, label: tx('e.method', v) })) },
  { key: 'project_id', label: t('merchant.scope'), kind: 'choice', options: projects, help: t('merchant.whole') },
  { key: 'name', label: t('f.name'), required: true, length: 80 }, { key: 'appid', label: t('merchant.appid'), required: true, length: 32 },
  { key: 'mchid', label: t('merchant.mchid'), required: true, length: 32 },
  { key: 'serial', label: t('merchant.serial'), required: true, length: 64, when: wx },
  { key: 'private_key', label: t('merchant.private_key'), kind: 'long', required: true, length: 4096 },
  { key: 'apiv3_key', label: t('merchant.apiv3'), kind: 'password', required: true, length: 64, when: wx },
  { key: 'public_key_id', label: t('merchant.public_key_id'), length: 64, help: t('merchant.optional_wx'), when: wx },
  { key: 'public_key', label: t('merchant.public_key'), kind: 'long', length: 4096, help: t('merchant.optional_wx'), when: wx },
  { key: 'public_key', label: t('merchant.public_key'), kind: 'long', length: 4096, help: t('merchant.either'), when: zfb },
  { key: 'app_cert', label: t('merchant.app_cert'), kind: 'long', length: 4096, when: zfb },
  { key: 'root_cert', label: t('merchant.root_cert'), kind: 'long', length: 8192, when: zfb },
]
