/** What the pages do, in the browser. */
export const script = `
const $ = (id) => document.getElementById(id)
const on = (id, event, act) => $(id)?.addEventListener(event, (e) => { e.preventDefault(); act().catch((error) => say(error.message)) })
const say = (text) => { $('status').textContent = text }
const words = {
  ERR_MFA_REFUSED: 'That was not accepted.',
  ERR_MFA_STEP_UP: 'Prove your second factor first, or give your password.',
  ERR_MFA_THROTTLED: 'Too many attempts. Try again later.',
  ERR_MFA_FACTOR: 'You have none of this kind.',
}
const call = async (path, body) => {
  const init = body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(path, init)
  const told = response.status === 204 ? {} : await response.json()
  if (!response.ok) throw new Error(words[told.code] ?? 'That did not work: ' + told.title)
  return told
}
const password = () => ($('current').value === '' ? {} : { password: $('current').value })
const show = (id, heading) => { $(id).hidden = false; $(heading).focus() }
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

// The account's page.
const refresh = async () => {
  const { authenticators } = await call('/mfa/status')
  $('list').replaceChildren(...authenticators.map(({ id, kind, name }) => {
    const item = document.createElement('li')
    item.textContent = name + ' (' + kind + ') '
    const remove = document.createElement('button')
    remove.type = 'button'
    remove.textContent = 'Remove ' + name
    remove.onclick = () => call('/mfa/disable', { authenticator: id, ...password() }).then(refresh).catch((error) => say(error.message))
    item.append(remove)
    return item
  }))
}
let enrolment
on('add-totp', 'click', async () => {
  const begun = await call('/mfa/enroll', { factor: 'totp', ...password() })
  enrolment = begun.enrolment
  $('qr').src = begun.qr.png
  $('secret').textContent = begun.secret.match(/.{4}/g).join(' ')
  show('totp', 'setup')
})
on('confirm', 'submit', async () => {
  await call('/mfa/enroll/confirm', { enrolment, code: $('first-code').value })
  $('totp').hidden = true
  say('Your authenticator app is set up.')
  await refresh()
})
on('add-codes', 'click', async () => {
  const { codes } = await call('/mfa/recovery-codes', password())
  $('code-list').replaceChildren(...codes.map((code) => Object.assign(document.createElement('li'), { textContent: code })))
  show('codes', 'codes-title')
  await refresh()
})
on('add-passkey', 'click', async () => {
  const { options, enrolment } = await call('/mfa/enroll', { factor: 'passkey', name: 'Passkey', ...password() })
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const credential = await navigator.credentials.create({ publicKey })
  await call('/mfa/enroll/confirm', { enrolment, credential: credential.toJSON() })
  say('Your passkey is set up.')
  await refresh()
})
on('add-push', 'click', async () => {
  const { enrolment, uri, qr } = await call('/mfa/enroll', { factor: 'push', ...password() })
  $('phone-qr').src = qr.png
  $('phone-link').href = uri
  show('phone', 'phone-title')
  while ((await call('/mfa/enroll/confirm', { enrolment })).pending) await wait(1)
  $('phone').hidden = true
  say('Your phone is set up.')
  await refresh()
})
if ($('list')) refresh().catch((error) => say(error.message))

// The page of the second factor.
const back = () => { location.href = new URLSearchParams(location.search).get('return_to')?.match(/^\\/(?![\\/\\\\]).*/)?.[0] ?? '/' }
const present = async (proof) => call('/login-mfa', { ...proof, trust: $('trust').checked })
on('code-form', 'submit', async () => {
  const code = $('code').value
  await present({ factor: code.replaceAll(/\\s/g, '').length > 8 ? 'recovery' : 'totp', code })
  back()
})
on('use-passkey', 'click', async () => {
  const { options, challenge } = await call('/mfa/challenge', { factor: 'passkey' })
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = await navigator.credentials.get({ publicKey })
  await present({ factor: 'passkey', challenge, credential: credential.toJSON() })
  back()
})
on('use-push', 'click', async () => {
  const { number, challenge } = await call('/mfa/challenge', { factor: 'push' })
  say('Type this number on your phone: ' + number)
  while ((await present({ factor: 'push', challenge })).pending) await wait(1)
  back()
})
`
