"""Pages as they stand on Authing's own SDK builds, written from the published contract; none of their code is in here.

`getUserInfo` of 1.x compares the code loosely and parses `data` whatever it is; 5.x wants a number and spells `userInfo`.
The popup's listener believes whatever says that it comes from Authing, whichever origin sent it.
"""

# The page reads its own address; `{build}` is 1 or 5.
LEGACY = """\
<!doctype html>
<meta charset="utf-8">
<p id="answer"></p>
<script>
  function getUserInfo(build, search) {{
    const parameters = new URLSearchParams(search)
    const [code, message, data] = ['code', 'message', 'data'].map((name) => parameters.get(name))
    const user = data ? JSON.parse(data) : data
    if (build === 1) return {{ ok: code == 200, message, userinfo: user }}
    return {{ ok: code && +code === 200, message, userInfo: user }}
  }}
  let answer
  try {{
    answer = getUserInfo({build}, window.location.search)
  }} catch (error) {{
    answer = {{ threw: error.name }}
  }}
  document.getElementById('answer').textContent = JSON.stringify(answer)
</script>
"""

# Opens the popup on a tap, as browsers demand, and writes down everything that any window tells it.
OPENER = """\
<!doctype html>
<meta charset="utf-8">
<button id="sign-in">sign in</button>
<p id="heard"></p>
<p id="signed-in"></p>
<p id="failed"></p>
<script>
  const heard = []
  window.addEventListener('message', (message) => {{
    heard.push({{ origin: message.origin, data: message.data }})
    document.getElementById('heard').textContent = JSON.stringify(heard)
    const {{ code, message: text, data, event }} = message.data
    if (!event || event.source !== 'authing' || event.eventType !== 'socialLogin') return
    if (code === 200) document.getElementById('signed-in').textContent = data.nickname
    else document.getElementById('failed').textContent = code + ' ' + text
  }})
  document.getElementById('sign-in').onclick = () => {{
    window.popup = window.open({start}, 'authing', 'width=600,height=600')
  }}
</script>
"""
