// What two hosts make of a built site, by their own code: Netlify's parsers of `_headers` and `_redirects`, and the
// server of Cloudflare Pages, which matches, joins and redirects. Reads {root, ask: [paths]} as JSON from its input, and
// prints {netlify: {headers, redirects, errors}, cloudflare: {path: [status, headers]}}.
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { parseAllHeaders } from 'netlify-headers-parser'
import { parseAllRedirects } from 'netlify-redirect-parser'

const { root, ask } = JSON.parse(readFileSync(0, 'utf8'))
const common = { minimal: true, configRedirects: [], configHeaders: [], netlifyConfigPath: undefined }
const parsed = await parseAllHeaders({ ...common, headersFiles: [join(root, '_headers')] })
const led = await parseAllRedirects({ ...common, redirectsFiles: [join(root, '_redirects')] })
const netlify = {
  headers: parsed.headers.map((rule) => [rule.for, rule.values]),
  redirects: led.redirects.map((rule) => [rule.from, rule.to, rule.status]),
  errors: [...parsed.errors, ...led.errors].map(String),
}

// The package names no module type, so that Node would have to guess.
const pages = join(createRequire(import.meta.url).resolve('@cloudflare/pages-shared/package.json'), '..', 'dist')
const load = (file) =>
  import(`data:text/javascript;base64,${Buffer.from(readFileSync(join(pages, file), 'utf8')).toString('base64')}`)
const { generateHandler } = await load('asset-server/handler.js')
const { createMetadataObject } = await load('metadata-generator/createMetadataObject.js')
const metadata = createMetadataObject({
  headers: { rules: netlify.headers.map(([path, headers]) => ({ path, headers, unsetHeaders: [] })), invalid: [] },
  redirects: {
    rules: netlify.redirects.map(([from, to, status], at) => ({ from, to, status, lineNumber: at + 1 })), invalid: [],
  },
})
const cloudflare = {}
for (const path of ask) {
  const response = await generateHandler({
    request: new Request(`https://host.example${path}`),
    metadata,
    logError: (error) => { throw error },
    findAssetEntryForPath: async (file) => (existsSync(join(root, file)) ? file : null),
    getAssetKey: (file) => file,
    negotiateContent: () => ({ encoding: null }),
    fetchAsset: async () => ({ body: null, contentType: 'text/plain' }),
  })
  cloudflare[path] = [response.status, Object.fromEntries(response.headers)]
}
console.log(JSON.stringify({ netlify, cloudflare }))
