import { hash } from 'node:crypto'
import type { Answer } from '@sallyport/core'

/**
 * The page of a phone: it sets the phone up, and asks for the number. The key is made in the browser, which never gives it out. Everything is in
 * the page itself, and nothing else runs in it.
 * @param base path of the routes, such as `/mfa/push`
 */
export function pushPage(base: string): Answer {
  const script = scriptOf(base)
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${hash('sha256', script, 'base64')}'`,
    `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Approve on this phone</title>
<style>${STYLE}</style>
<main>
<h1 id="title">Approve on this phone</h1>
<p id="what"></p>
<form id="answer" hidden>
<p><label for="number">Type the number that your other screen shows</label><br>
<input id="number" inputmode="numeric" autocomplete="off" maxlength="2" required aria-describedby="warning"></p>
<p id="warning">If you are not logging in right now, somebody else is: choose “Deny”.</p>
<p><button type="submit">Approve</button> <button type="button" id="deny">Deny</button></p>
</form>
<p id="status" role="status" aria-live="polite"></p>
</main>
<script>${script}</script>
</html>
`,
  }
}

const STYLE =
  'body{font:1.1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:30rem;padding:0 1rem}input,button{font:inherit;padding:.6rem;min-height:2.75rem}input{width:6rem;letter-spacing:.3rem}'

function scriptOf(base: string): string {
  return `
const base = ${JSON.stringify(base)}
const $ = (id) => document.getElementById(id)
const say = (text) => { $('status').textContent = text }
const text64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
const kept = (mode, act) => new Promise((resolve, reject) => {
  const open = indexedDB.open('mfa-push', 1)
  open.onupgradeneeded = () => open.result.createObjectStore('keys')
  open.onerror = () => reject(open.error)
  open.onsuccess = () => {
    const done = act(open.result.transaction('keys', mode).objectStore('keys'))
    done.onsuccess = () => resolve(done.result)
    done.onerror = () => reject(done.error)
  }
})
const post = async (path, body) => {
  const response = await fetch(base + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(response.status === 400 ? 'This has ended or was answered already.' : 'It was not accepted.')
  return response.json()
}
const keyPair = async () => {
  const present = await kept('readonly', (keys) => keys.get('own'))
  if (present) return present
  const made = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  await kept('readwrite', (keys) => keys.put(made, 'own'))
  return made
}
const spki = async (pair) => crypto.subtle.exportKey('spki', pair.publicKey)
const enrol = async (enrolment, code) => {
  const key = text64(await spki(await keyPair()))
  await post('/register', { enrolment, code, public_key: key, name: 'phone' })
  say('This phone is set up. Go on where you saw the code.')
}
const ask = async (challenge) => {
  const { text, action = '' } = await post('/pending', { challenge })
  $('what').textContent = text ?? 'Somebody logs in with your password.'
  $('answer').hidden = false
  $('number').focus()
  const respond = async (decision) => {
    const number = decision === 'approve' ? $('number').value.trim() : ''
    const pair = await keyPair()
    const message = ['mfa-push', challenge, decision, number, action].join('\\n')
    const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new TextEncoder().encode(message))
    const device = text64(await crypto.subtle.digest('SHA-256', await spki(pair)))
    const { approved } = await post('/respond', { challenge, device, decision, number, signature: text64(signature) })
    $('answer').hidden = true
    say(approved ? 'Approved.' : decision === 'deny' ? 'Denied.' : 'That was another number. Nothing was approved.')
  }
  $('answer').onsubmit = (event) => { event.preventDefault(); respond('approve').catch((error) => say(error.message)) }
  $('deny').onclick = () => respond('deny').catch((error) => say(error.message))
}
const [what, tag, id, code] = location.hash.slice(1).split('.')
const begin = what === 'enrol' ? enrol(tag + '.' + id, code) : what === 'answer' ? ask(tag + '.' + id) : Promise.reject(new Error('Open this page by the code or the message that you were sent.'))
begin.catch((error) => say(error.message))
`
}
