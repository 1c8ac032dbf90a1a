import type { Principal } from '@sallyport/core'

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Example</title>
<main>
<h1>${title}</h1>
${content}
<p id="status" role="status" aria-live="polite"></p>
</main>
<script src="/app.js"></script>
</html>
`
}

export function loginPage(problem = ''): string {
  return page(
    'Log in',
    `${problem && `<p role="alert">${problem}</p>`}
<form method="post" action="/login">
<p><label for="user">Name</label><br><input id="user" name="user" autocomplete="username" required></p>
<p><label for="password">Password</label><br><input id="password" name="password" type="password" autocomplete="current-password" required></p>
<p><button>Log in</button></p>
</form>`,
  )
}

export function homePage({ subject, amr, acr }: Principal, more = ''): string {
  return page(
    'Home',
    `<p>You are <strong id="who">${escaped(subject)}</strong>, by <span id="amr">${escaped(amr.join(' '))}</span>${acr === undefined ? '' : `, level <span id="acr">${escaped(acr)}</span>`}.</p>
<p id="more">${more}</p>
<p><a href="/security">Security of your account</a> · <a href="/vault">The vault</a></p>
<form method="post" action="/logout"><button>Log out</button></form>`,
  )
}

export function secondFactorPage(): string {
  return page(
    'Second factor',
    `<form id="code-form">
<p><label for="code">Code of your authenticator app, or a recovery code</label><br>
<input id="code" inputmode="text" autocomplete="one-time-code" required></p>
<p><input type="checkbox" id="trust"> <label for="trust">Trust this browser for 30 days</label></p>
<p><button>Go on</button></p>
</form>
<p><button type="button" id="use-passkey">Use a passkey</button> <button type="button" id="use-push">Ask my phone</button></p>`,
  )
}

export function securityPage(): string {
  return page(
    'Security of your account',
    `<section aria-labelledby="have"><h2 id="have">What you have</h2><ul id="list"></ul></section>
<section aria-labelledby="prove"><h2 id="prove">Add something</h2>
<p><label for="current">Your password</label><br><input id="current" type="password" autocomplete="current-password" aria-describedby="why"></p>
<p id="why">It is asked for as long as you have no second factor. Later the second factor itself is.</p>
<p><button type="button" id="add-totp">Set up an authenticator app</button>
<button type="button" id="add-passkey">Add a passkey</button>
<button type="button" id="add-push">Set up a phone</button>
<button type="button" id="add-codes">New recovery codes</button></p>
</section>
<section aria-labelledby="setup" id="totp" hidden><h2 id="setup" tabindex="-1">Set up an authenticator app</h2>
<ol><li>Scan this with your authenticator app: <br><img id="qr" alt="QR code. If you cannot scan it, type the key below into your app." width="200" height="200"></li>
<li>Or type this key into it: <code id="secret"></code></li>
<li><form id="confirm"><label for="first-code">Type the code that it shows</label><br>
<input id="first-code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9 ]{6,7}" required> <button>Confirm</button></form></li></ol>
</section>
<section aria-labelledby="codes-title" id="codes" hidden><h2 id="codes-title" tabindex="-1">Your recovery codes</h2>
<p>Each is good once. They are shown now and never again: print them, or write them down.</p><ul id="code-list"></ul></section>
<section aria-labelledby="phone-title" id="phone" hidden><h2 id="phone-title" tabindex="-1">Set up a phone</h2>
<p>Open this on your phone:<br><img id="phone-qr" alt="QR code. If you cannot scan it, open the address below on your phone." width="200" height="200"><br><a id="phone-link">The same as an address</a></p></section>
<p><a href="/">Home</a></p>`,
  )
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => `&#${c.codePointAt(0)!};`)
}
