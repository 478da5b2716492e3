// server.mjs - anjud on demo data, on a free port, in a folder of its own. SPDX-License-Identifier: MIT
import {execFileSync, spawn} from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const freePort = () => new Promise((resolve, reject) => {
    const s = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
        const {port} = s.address()
        s.close(() => resolve(port))
    })
})

export async function startServer(anjud, source) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-contract-'))
    const port = await freePort(), nowhere = 'http://127.0.0.1:9'
    const config = path.join(dir, 'anjud.conf')
    const keys = {data_dir: `${dir}/data`, schema_dir: `${source}/schema`, port, test_hooks: 'true', log_level: 'warn',
        rate_per_ip: 100000, rate_per_user: 100000, sms_aliyun_url: nowhere, sms_tencent_url: nowhere,
        wechat_api_url: nowhere, alipay_gateway_url: nowhere, wechat_pay_url: nowhere, public_url: 'http://127.0.0.1:9'}
    if (process.env.ANJU_TEST_PG)
        keys.store_url = process.env.ANJU_TEST_PG
    fs.writeFileSync(config, Object.entries(keys).map(([k, v]) => `${k} = ${typeof v === 'string' && /[^a-z]/.test(v) ? `"${v}"` : v}\n`).join(''))
    execFileSync(anjud, ['demo', '-c', config], {stdio: ['ignore', 'ignore', 'inherit']})
    const log = fs.openSync(path.join(dir, 'log'), 'w')
    const child = spawn(anjud, ['serve', '--no-supervisor', '-c', config], {stdio: ['ignore', log, log]})
    const gone = new Promise(resolve => child.on('exit', (code, signal) => resolve(code ?? signal)))
    const base = `http://127.0.0.1:${port}`
    const showLog = () => fs.readFileSync(path.join(dir, 'log'), 'utf8').split('\n').slice(-40).join('\n')
    const stop = async () => {
        child.kill('SIGTERM')
        const code = await Promise.race([gone, new Promise(r => setTimeout(r, 30000, 'hung').unref())])
        if (code !== 0)
            throw new Error(`anjud ended with ${code}\n${showLog()}`)
        fs.rmSync(dir, {recursive: true})
    }
    for (let i = 0; i < 300; i++) {
        if (child.exitCode !== null)
            throw new Error(`anjud did not start\n${showLog()}`)
        if (await fetch(`${base}/readyz`).then(r => r.ok, () => false))
            return {base, stop, showLog, kill: () => child.kill('SIGKILL')}
        await new Promise(r => setTimeout(r, 50))
    }
    child.kill('SIGKILL')
    throw new Error(`anjud is not ready\n${showLog()}`)
}
