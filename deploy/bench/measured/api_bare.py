"""A bare Starlette route: validates the same model and writes one row, for whoever asks, and keeps no account of it."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.bench.measured.api_server import ask
from deploy.bench.measured.program import Task, run_measured, settings_from
from shared.contracts.front_door import Submission
from shared.postgres.pool import open_pool
from shared.service.memory import freeze_startup_objects

_INSERT = "INSERT INTO bench_submission (submission_id, record) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def _answer(task: Task) -> Task:
    settings = settings_from(task)
    pool = await open_pool(
        settings.database_url.get_secret_value(), connections=settings.database_connections, name="bench"
    )
    await pool.execute("CREATE TABLE IF NOT EXISTS bench_submission (submission_id uuid PRIMARY KEY, record bytea)")

    async def hand_in(request: Request) -> Response:
        content = await request.body()
        submission = Submission.model_validate_json(content)
        await pool.execute(_INSERT, submission.submission_id, content)
        return JSONResponse({"submission_id": str(submission.submission_id), "status": "received"}, status_code=202)

    freeze_startup_objects()
    done = await ask(task, Starlette(routes=[Route(task["path"], hand_in, methods=["POST"])]), {})
    await pool.close()
    return done


if __name__ == "__main__":
    run_measured(_answer)
