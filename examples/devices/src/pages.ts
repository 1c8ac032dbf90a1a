import type { SessionInfo } from '@sallyport/session-tracker'
import { html, type Html } from './html.ts'

export const style = `
:root { font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100% }
caption { text-align: start; font-weight: bold; margin-block-end: .5rem }
th, td { text-align: start; padding: .5rem; border-block-end: 1px solid }
label { display: block; margin-block-start: 1rem }
button, input { font: inherit; padding: .4rem .8rem }
:focus-visible { outline: 3px solid; outline-offset: 2px }
`

function page(title: string, body: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
        <link rel="stylesheet" href="/style.css" />
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text
}

/** Asks for name and password; the name stands there already when somebody only has to show that it is still them. */
export function loginPage(message: string, name = ''): string {
  return page(
    'Sign in',
    html`${message === '' ? html`` : html`<p role="alert">${message}</p>`}
      <form method="post" action="/login">
        <label for="name">Name</label>
        <input id="name" name="name" autocomplete="username" required value="${name}" />
        <label for="password">Password</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required />
        <p><button>Sign in</button></p>
      </form>`,
  )
}

/** The devices of a user, each with a button that signs it out. It works without a script, and by keyboard. */
export function devicesPage(
  sessions: readonly SessionInfo[],
  current: string | undefined,
  ended: number | undefined,
): string {
  const others = sessions.filter(({ id }) => id !== current)
  return page(
    'Your devices',
    html`${outcome(ended)}
      <table>
        <caption>
          Where you are signed in
        </caption>
        <thead>
          <tr>
            <th scope="col">Device</th>
            <th scope="col">Place</th>
            <th scope="col">Last used</th>
            <th scope="col">Signed in</th>
            <th scope="col">Sign out</th>
          </tr>
        </thead>
        <tbody>
          ${sessions.map((session) => row(session, session.id === current))}
        </tbody>
      </table>
      ${
        others.length === 0
          ? html``
          : html`<form method="post" action="/devices/others">
              <p><button>Sign out all other devices</button></p>
            </form>`
      }
      <form method="post" action="/logout">
        <p><button>Sign out here</button></p>
      </form>`,
  )
}

function outcome(ended: number | undefined): Html {
  if (ended === undefined || !Number.isSafeInteger(ended) || ended < 0) return html``
  const words =
    ended === 0
      ? 'Nothing was left to sign out.'
      : ended === 1
        ? '1 device was signed out.'
        : `${ended} devices were signed out.`
  return html`<p role="status">${words}</p>`
}

function row(session: SessionInfo, isCurrent: boolean): Html {
  const { id, name, city, country, address, lastSeenAt, createdAt } = session
  const place = [city, country].filter((one) => one !== undefined).join(', ') || (address ?? 'not known')
  return html`<tr>
    <th scope="row">${name}${isCurrent ? ' (this device)' : ''}</th>
    <td>${place}</td>
    <td>${time(lastSeenAt)}</td>
    <td>${time(createdAt)}</td>
    <td>
      ${isCurrent ? html`` : html`<form method="post" action="/devices/${encodeURIComponent(id)}/end"><button aria-label="Sign out ${name}, last used ${dayOf(lastSeenAt)}">Sign out</button></form>`}
    </td>
  </tr>`
}

function time(seconds: number): Html {
  return html`<time datetime="${new Date(seconds * 1000).toISOString()}">${dayOf(seconds)}</time>`
}

function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace('T', ' ')
}
