import { beforeEach, describe, expect, it } from 'vitest'
import { auditText, browserText } from './audit'
import { language } from './i18n'

describe('what the machine wrote, in words', () => {
  beforeEach(() => (language.value = 'zh'))
  it('says what was done to what, in both languages', () => {
    expect(auditText('bill_run.submit')).toBe('出账批次:提交')
    language.value = 'en'
    expect(auditText('bill_run.submit')).toBe('Bill run: submitted')
  })
  it('shows what it does not know as it came', () => expect(auditText('comet.land')).toBe('comet:land'))
  it('names browser and system', () => {
    expect(browserText('Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0')).toBe('Edge,Windows')
    expect(browserText('Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Mobile MicroMessenger/8.0')).toBe('WeChat,iOS')
    expect(browserText('curl/8.4.0 (x)')).toBe('curl/8.4.0')
  })
})
