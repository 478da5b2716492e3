import type { Platform } from './types'
import { mini } from './mini'

const wechat: Platform = {
  ...mini,
  name: 'wechat',
  channels: ['wechat'],
  loginCode: () => new Promise((done, no) => uni.login({ provider: 'weixin', success: (a) => done(a.code), fail: no })),
  pay: (client) => new Promise((done) => {
    uni.requestPayment({
      provider: 'wxpay',
      orderInfo: {},
      ...client,
      success: () => done('done'),
      fail: (e: { errMsg?: string }) => done(/cancel/.test(e.errMsg ?? '') ? 'cancelled' : 'failed'),
    } as unknown as UniApp.RequestPaymentOptions)
  }),
  subscribe: (templates) => new Promise((done) => {
    uni.requestSubscribeMessage({
      tmplIds: templates,
      success: (a: Record<string, unknown>) => done(templates.filter((x) => a[x] === 'accept')),
      fail: () => done([]),
    } as any)
  }),
}
export default wechat
