import type { Platform } from './types'
import { mini } from './mini'

/** Alipay's own object: what uni-app has no name for */
declare const my: {
  getAuthCode(o: { scopes: string; success(a: { authCode: string }): void; fail(e: unknown): void }): void
  tradePay(o: { tradeNO: string; success(a: { resultCode: string }): void; fail(): void }): void
  requestSubscribeMessage?(o: { entityIds: string[]; success(a: { subscribedEntityIds?: string[] }): void; fail(): void }): void
}
const alipay: Platform = {
  ...mini,
  name: 'alipay',
  channels: ['alipay'],
  loginCode: () => new Promise((done, no) => my.getAuthCode({ scopes: 'auth_base', success: (a) => done(a.authCode), fail: no })),
  pay: (client) => new Promise((done) => {
    my.tradePay({
      tradeNO: client.tradeNO ?? '',
      // 9000 paid, 8000 and 6004 not known yet: the server's word decides; 6001 given up by the payer
      success: (a) => done(['9000', '8000', '6004'].includes(String(a.resultCode)) ? 'done' : String(a.resultCode) === '6001' ? 'cancelled' : 'failed'),
      fail: () => done('failed'),
    })
  }),
  subscribe: (templates) => new Promise((done) => {
    if (!my.requestSubscribeMessage) return done([])
    my.requestSubscribeMessage({ entityIds: templates, success: (a) => done(a.subscribedEntityIds ?? []), fail: () => done([]) })
  }),
}
export default alipay
