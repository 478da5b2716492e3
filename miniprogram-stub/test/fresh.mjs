// The types of the API are those of schema/openapi.yaml as it is now.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'anju-types-')), out = path.join(dir, 'api.d.ts')
execFileSync('npx', ['openapi-typescript', '../schema/openapi.yaml', '-o', out], { stdio: ['ignore', 'ignore', 'inherit'] })
const same = fs.readFileSync(out, 'utf8') === fs.readFileSync('src/shared/api.d.ts', 'utf8')
fs.rmSync(dir, { recursive: true })
if (!same) { console.error('src/shared/api.d.ts is not of this schema/openapi.yaml: npm run gen'); process.exit(1) }
console.log('ok: types are those of schema/openapi.yaml')
