// second_factor.mjs - the second factor and proving once more who one is: every operation once with success. SPDX-License-Identifier: MIT
import {createHmac} from 'node:crypto'

const A32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/* RFC 6238: SHA-1, 30 s, 6 digits */
function code_now(secret) {
    const key = Buffer.from([...secret].map((c) => A32.indexOf(c).toString(2).padStart(5, '0')).join('').match(/.{8}/g).map((x) => parseInt(x, 2)))
    const count = Buffer.alloc(8)
    count.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000)))
    const mac = createHmac('sha1', key).update(count).digest()
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1e6).padStart(6, '0')
}

export async function second_factor({call, say, logIn}, password) {
    await call('stepUp', {who: 'auditor', body: {password}})
    for (const who of ['auditor', 'admin']) {
        const t = await call('beginSecondFactor', {who})
        say((await call('confirmSecondFactor', {who, body: {otp: code_now(t.secret)}})).spare_codes.length === 10, 'ten spare codes')
    }
    await call('setCompanySecurity', {who: 'admin', body: {totp_required: true}})
    say((await call('getSecondFactor', {who: 'admin'})).required, 'asked of everybody')
    await call('setCompanySecurity', {who: 'admin', body: {totp_required: false}})
    const auditor = (await call('getSession', {who: 'auditor'})).account_id
    say((await call('listStaff', {who: 'admin', query: '?limit=100'})).items.filter((x) => x.second_factor).length === 2, 'seen in the list')
    await call('dropStaffSecondFactor', {who: 'admin', args: {id: auditor}})
    await logIn('auditor')
    await call('dropSecondFactor', {who: 'admin'})
}
