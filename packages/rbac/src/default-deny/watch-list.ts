/** Calls back for everything in a list, and for whatever is put into it from now on. */
export function watchList<Member>(list: Member[], onMember: (member: Member) => void): void {
  for (const member of list) onMember(member)
  const adding = {
    push: (...members: Member[]) => Array.prototype.push.apply(list, members.map(told)),
    unshift: (...members: Member[]) => Array.prototype.unshift.apply(list, members.map(told)),
    splice: (...args: [number, number?, ...Member[]]) =>
      (Array.prototype.splice as (...args: unknown[]) => Member[]).apply(list, [
        ...args.slice(0, 2),
        ...args.slice(2).map((one) => told(one as Member)),
      ] as never),
  }
  for (const [name, value] of Object.entries(adding)) {
    Object.defineProperty(list, name, { value, configurable: true, writable: true })
  }

  function told(member: Member): Member {
    onMember(member)
    return member
  }
}
