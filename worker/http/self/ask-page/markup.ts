// The page on which an employee asks for more and a lead decides: its markup and its looks. It loads nothing from anywhere.

/** `nonce` lets the page's own style and script pass its policy. */
export function pageText(nonce: string, script: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ask for more · Headgate</title>
<style nonce="${nonce}">${style}</style>
<main>
<h1>Ask for more</h1>
<label>Your key <input name="key" type="password" autocomplete="off" placeholder="hg_…" form="ask">
  <small>The key or sign-on token you call models with. It stays in this page. Where this browser is signed on: none.</small></label>
<label>Your team <input name="team" autocomplete="off" form="ask">
  <small>Only if you sign on and are in several.</small></label>
<p id="self" role="status"></p>
<section id="approvals" hidden><h2>Waiting for your decision</h2><ul></ul></section>
<form id="ask">
  <label>What for
    <select name="kind">
      <option value="budget_increase">more of a budget</option>
      <option value="model_access">a model</option>
      <option value="rate_increase">a higher rate</option>
    </select></label>
  <div data-kind="budget_increase">
    <label>Budget <input name="budget" list="budgets" required></label>
  </div>
  <div data-kind="rate_increase" hidden>
    <label>Rate
      <select name="rate">
        <option value="requestsPerMinute">requests a minute</option>
        <option value="tokensPerMinute">tokens a minute</option>
        <option value="concurrency">calls at once</option>
      </select></label>
    <label>Of
      <select name="scope">
        <option value="member">me</option>
        <option value="key">this key</option>
        <option value="team">my team</option>
      </select></label>
  </div>
  <div data-kind="budget_increase rate_increase">
    <label>Amount <input name="amount" required><small>Dollars such as 20.00, or a number of tokens or requests.</small></label>
  </div>
  <div data-kind="model_access" hidden>
    <label>Models <input name="models"><small>Names or patterns, with commas between.</small></label>
  </div>
  <label>Until <input name="until" type="datetime-local"><small>Left empty: as long as may be.</small></label>
  <label>Why <textarea name="reason" rows="3" maxlength="2000" required></textarea></label>
  <button>Ask</button>
  <p id="answer" role="alert"></p>
  <datalist id="budgets"></datalist>
</form>
<section id="requests" hidden><h2>Your requests</h2><ul></ul></section>
</main>
<script nonce="${nonce}">${script}</script>
</html>
`;
}

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
label { display: block; margin: 0.8rem 0; font-weight: 600; }
input, select, textarea { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: 0.4rem; }
small { font-weight: 400; opacity: 0.75; }
button { font: inherit; padding: 0.4rem 1rem; margin-right: 0.4rem; }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid #8884; padding: 0.6rem 0; overflow-wrap: anywhere; }
#answer.bad { color: #c22; }
`;
